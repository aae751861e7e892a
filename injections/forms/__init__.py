"""Forms of the policy half; their choices come from the rules' own lists."""
