"""The house itself: sizes, drawings, words. Floors are import-linter's (`make arch`)."""
