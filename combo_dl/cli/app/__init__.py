"""The page of ``serve``, in a folder of its own: Streamlit puts the folder of its script first on
the search path, where ``inspect.py`` and ``profile.py`` of the verbs would hide the standard ones.
"""
