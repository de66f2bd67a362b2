"""What a frozen build starts with."""

from ablator.__main__ import main

raise SystemExit(main())
