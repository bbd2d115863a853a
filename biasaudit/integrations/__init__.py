"""Where engineers already are: pytest, scikit-learn, MLflow and data cards. Each is imported only where it is used."""

__all__ = ["croissant", "limits", "mlflow", "pytest_plugin", "scoring"]
