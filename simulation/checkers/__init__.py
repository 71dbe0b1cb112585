"""What may never happen, read from recorded histories only: ``check(history) -> list[Violation]`` per module.

What must hold: nothing in here imports the product or the simulator, so that they cannot be wrong together.
"""
