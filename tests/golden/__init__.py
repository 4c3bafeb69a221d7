"""What a clerk reads about a broken file, word for word, in both languages. `make golden` renews it and shows how."""
