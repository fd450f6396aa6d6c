//! What moves holdings, told as small stories.
