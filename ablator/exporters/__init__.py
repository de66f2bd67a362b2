"""Studies and plans to tables, graphs, reports and sweep files."""
