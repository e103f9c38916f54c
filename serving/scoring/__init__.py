"""Scoring of orders at intake: decode, know, judge, keep, answer."""
