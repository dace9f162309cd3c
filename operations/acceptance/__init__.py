"""``make acceptance ENV=dev``: one small batch through a deployed account, and every promise checked from outside.

Tour: `account` opens the account as an operator and as the backend; `samples` makes the files; `batch` uploads them,
sends the message and follows the execution; `run` is what is left behind, as checks look at it; `catalogue` lists the
checks; `report` tells what they saw. Checks know the promises from the documents, not from the handlers' code: a key or
a size that the code gets wrong must not be right here.

Nothing is deleted from the bucket: what a run uploaded and what was made of it stays, and the report names its place.
"""
