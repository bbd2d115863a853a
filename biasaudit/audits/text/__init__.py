"""The audits of text scorers and of word vectors."""
