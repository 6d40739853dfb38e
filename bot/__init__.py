"""hizaura: an orthopaedic clinic's front desk on LINE."""
