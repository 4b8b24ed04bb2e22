"""Records become Plotly figures and their text twins; nothing here sees a model."""
