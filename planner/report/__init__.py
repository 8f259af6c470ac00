"""Documents from figures: blocks, and the writers of their formats."""
