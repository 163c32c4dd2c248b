"""The Aliyun door's machinery: signed requests in, actions run, JSON or XML out.

Knows no operation: handlers live in the apps' own `rpc` rooms and register themselves.
"""
