"""What exists, when it runs, what must hold."""

import warnings

# Two notes of Dagster that change nothing here: its version is pinned, and ranges of days are asked of single assets.
warnings.filterwarnings("ignore", message=r"Parameter `backfill_policy` of function `asset` is currently in beta")
warnings.filterwarnings("ignore", message=r"Asset job \w+ materializes assets with varying BackfillPolicies")
