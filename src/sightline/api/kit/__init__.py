"""What every face stands on: who asks, bodies, paging, errors caught before a face is known."""
