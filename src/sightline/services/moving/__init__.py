"""Moves an embedded installation into stores of a company; what was broken off goes on."""
