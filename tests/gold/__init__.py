"""The gold set: everyday queries over made-up jobs, judged by meaning, and how well the search does on them."""
