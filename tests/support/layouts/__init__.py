"""Vacancies written as many back offices would write them, with the mapping a person would make: the gold."""
