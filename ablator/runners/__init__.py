"""Runs of a plan on an engine: run folders hold the truth, an engine starts what they do not hold yet.

template.py    a command with places for settings; the words and the environment of one run
folders.py     one folder a run beside the study: state, output, exit, lock
processes.py   starts a run in a process group of its own, tells whether it lives, ends it
readings.py    the metric, and the answer of a check, from what a run printed
local.py       runs on this machine, several at a time, each on its devices
batch.py       runs on Slurm, as arrays
slurm_calls.py sbatch, squeue, scancel and scontrol, each with a time-out
"""
