"""Plots: what is drawn, as frozen values made from study and plan, and the painter that draws them anywhere."""
