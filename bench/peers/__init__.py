"""What the product is measured against, each as others would have written it."""
