"""The story of the speech recogniser that learnt from male voices."""
