"""The machine under the app fails: processes are killed, the disk loses or lacks, services stop, the clock jumps.

`tests.chaos` plays the network that fails, and lends its people, phones and processes.
"""
