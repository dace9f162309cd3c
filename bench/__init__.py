"""Budgets and peers: each module measures one part of the product beside what a user would pick instead."""
