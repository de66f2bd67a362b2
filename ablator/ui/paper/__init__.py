"""What leaves the window on paper or as a picture: graph and plan, designed, light always."""
