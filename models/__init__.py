"""What is concluded from features: detectors, estimators, policy, evaluation, artifacts."""
