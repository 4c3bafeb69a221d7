"""Looks at the board from outside: is nothing advertised that has ended, and is nothing missing that is open?"""
