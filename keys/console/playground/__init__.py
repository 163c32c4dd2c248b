"""The pages 密码运算: operations with a key at hand, by the functions that the API calls.

What is typed here is neither kept nor logged, and is in no address: forms are posted.
"""
