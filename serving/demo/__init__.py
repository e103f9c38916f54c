"""A demonstration shop: a seeded simulator, what it exports, and what is fed through a service.

It shows every ability of the product on invented trade. It is never evidence of quality.
"""
