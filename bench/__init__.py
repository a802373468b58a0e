"""Measurements, always against a floor or a peer in the same run.

These machines are shared and noisy: a figure means something only beside another one that was
taken in the same minutes. So every measurement returns `Figure`s with a ratio.
"""
