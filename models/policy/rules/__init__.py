"""The merchant's own rules: an ordered, typed document and everything that reads it.

A document is read and checked, compiled to one CEL program for one order and to columns of a frame
for many; both give the same hits, order by order.
"""
