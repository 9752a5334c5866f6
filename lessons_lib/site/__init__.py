"""The lessons as web pages: the notebooks run once, and their labs live on without a kernel."""
