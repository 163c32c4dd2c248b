"""The pages about the audit trail: its list, its export, and whether it is whole."""
