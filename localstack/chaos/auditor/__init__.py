"""Checks from outside that nothing was lost, done twice or mixed up; knows the contract, and no code of the pipeline.

`ledger` is what was handed over, `collecting` reads what is there afterwards, `rules` compare both.
"""
