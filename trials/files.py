"""How many files this process may have open: each connection is one."""

import resource


def raise_soft_limit(wanted: int) -> str:
    """Raise the soft limit as far as we may; "" if that suffices, else a sentence with the mend."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
        soft = allowed
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return ""
    return f"only {soft} files may be open, and {wanted} are needed: raise the hard limit (ulimit -Hn)"
