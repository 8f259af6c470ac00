"""The views of a comparison as blocks: of a page, of a report in print, and in short of a screen."""
