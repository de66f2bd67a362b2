"""What the evidence says about the culprit: symptoms and likelihoods."""
