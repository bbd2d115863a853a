"""Where engineers already are: pytest, scikit-learn, MLflow and data cards. Each is imported only where it is used."""
