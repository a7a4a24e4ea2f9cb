def clock() -> str:
    return "noon"
