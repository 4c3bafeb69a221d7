"""Same job from two Jobcenters: blocking, rules, scores, reversible decisions. What it decides is in ADR 0009."""
