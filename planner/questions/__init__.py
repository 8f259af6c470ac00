"""What a person asks of an answer: why no plan exists and what would make one possible; why something is in the plan
or isn't, and what would change that."""
