"""Bytes become a case: sniffing, limits, decoding, drawn samples and the quality gate."""
