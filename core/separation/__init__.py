"""From blocks of a song to blocks of its stems."""
