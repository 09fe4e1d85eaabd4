"""Gemini's generateContent, both ways."""
