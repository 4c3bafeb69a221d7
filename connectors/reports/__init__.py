"""Reports of a check for the colleague who owns the data: workbook, page, JUnit. They stay in the house."""
