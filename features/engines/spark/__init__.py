"""The batch engine on Spark, for a history that outgrows one machine."""

from features.engines.spark.engine import write

__all__ = ["write"]
