"""What is told of gaps: records first, sentences made of them at the very end."""
