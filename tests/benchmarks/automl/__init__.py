"""Our estimators beside an AutoML that is given the same orders and the same features."""
