"""Tests; paths mirror the code."""
