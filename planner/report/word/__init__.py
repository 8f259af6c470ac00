"""Word documents: their pieces as XML, and their styles and page furniture."""
