"""The state machine: its definition, which needs no cdktf, and `workflow`, the construct with its role and logs."""
