"""The drawn world of the shapes model: scenes, captions, pictures, training and scoring."""
