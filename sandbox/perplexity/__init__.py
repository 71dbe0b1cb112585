"""Stand-in for the Perplexity Agent API; the Sonar routes answer that they are closed."""
