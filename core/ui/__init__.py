"""Every Streamlit call of core: the frame of a page, and the parts that pages are put together from."""
